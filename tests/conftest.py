"""What holds for every test: the same examples every time, and no clock (a busy machine is not a fault)."""

from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("same")
