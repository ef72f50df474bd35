"""Words for what was odd: the sentence of an issue, its short name, and the reason of a rejected cell."""

from __future__ import annotations

from lhu_effect import i18n
from lhu_effect.errors import where
from lhu_effect.survey.cells import mask_personal
from lhu_effect.survey.model import Issue
from lhu_effect.survey.rows import Stuck


def issue_message(issue: Issue, lang: i18n.Lang) -> str:
    """One issue as a sentence, with file, sheet and cell in front."""
    facts = {k: v.to(lang) if isinstance(v, i18n.Text) else v for k, v in issue.facts.items()}
    room, name = issue.rule.split(".", 1)
    kind = (
        "errors" if issue.severity == "error" and i18n.has_text(f"{room}.errors.{name}", lang) else "issues"
    )
    said = i18n.text(f"{room}.{kind}.{name}", lang, **facts)
    return f"{where(issue.file or None, issue.sheet or None, issue.cell or None, lang)}{said}"


def issue_label(rule: str, lang: i18n.Lang) -> str:
    """What issues of a rule are called together, in the plural ("okända etiketter")."""
    room, name = rule.split(".", 1)
    return i18n.text(f"{room}.issue_labels.{name}", lang)


def stuck_message(stuck: Stuck, closest: str, lang: i18n.Lang) -> str:
    """Why one cell was rejected. closest: the known label most like an unknown one, or ""."""
    axis = i18n.text(f"survey.axes.{stuck.axis or 'value'}", lang)
    holes = {"axis": axis, "text": mask_personal(stuck.text.strip()), "closest": closest or "–"}
    return i18n.text(f"survey.rejections.{stuck.rule}", lang, **holes)
