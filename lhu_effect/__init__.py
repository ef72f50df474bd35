"""What a youth survey can and cannot say about a promise to citizens."""

__version__ = "0.1.0"
