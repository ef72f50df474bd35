"""Spreadsheets and records of any honest shape into one cube of counts, every cell accounted for."""

from lhu_effect.survey.cube import Cube
from lhu_effect.survey.extracts import extract_files
from lhu_effect.survey.issues import issue_label, issue_message
from lhu_effect.survey.microdata import count_records
from lhu_effect.survey.model import Issue, Source, Survey
from lhu_effect.survey.other import read_other_sources, with_other_sources
from lhu_effect.survey.read import read_survey
from lhu_effect.survey.report_page import report_page
from lhu_effect.survey.request import request_text
from lhu_effect.survey.tabulate import tabulate

__all__ = [
    "Cube",
    "Issue",
    "Source",
    "Survey",
    "count_records",
    "extract_files",
    "issue_label",
    "issue_message",
    "read_other_sources",
    "read_survey",
    "report_page",
    "request_text",
    "tabulate",
    "with_other_sources",
]
