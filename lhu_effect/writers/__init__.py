"""Tables, extracts and templates out, and the one way to write a file."""

from lhu_effect.writers.tables import IMPORT_COLUMNS, import_table, table_bytes, tables_workbook

__all__ = ["IMPORT_COLUMNS", "import_table", "table_bytes", "tables_workbook"]
