"""Reading: free text to category, needs, price, quantity, date and region. Pure; no Django, no clock."""

from .catalogue import Catalogue, CatalogueError
from .learned import CategoryModel
from .reader import Reader, read_texts
from .reading import READER_VERSION, Found, NeedFound, Reading

__all__ = [
    "READER_VERSION",
    "Catalogue",
    "CatalogueError",
    "CategoryModel",
    "Found",
    "NeedFound",
    "Reader",
    "Reading",
    "read_texts",
]
