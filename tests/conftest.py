"""What holds for every test: the same examples every time, and no clock (a busy machine is not a fault).

The packaged study's extracts are made and read once in each process: the same seed gives the same survey.
"""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from lhu_effect import pipeline
from lhu_effect.study.model import Study
from lhu_effect.survey.model import Survey

settings.register_profile("same", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("same")


@pytest.fixture(scope="session", autouse=True)
def _packaged_study_is_read_once() -> Iterator[None]:
    read: Callable[[Study, bool], Survey] = pipeline._read_packaged
    known: list[tuple[Study, Survey]] = []

    def remembered(study: Study, strict: bool) -> Survey:
        survey = next((then for asked, then in known if asked == study), None)
        if survey is None:
            survey = read(study, strict)
            known.append((study, survey))
        return survey

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "_read_packaged", remembered)
        yield
