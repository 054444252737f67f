"""Paper: words and typst files in, PDFs out. What people typed never becomes markup."""

from people.printing.setting import FONTS, PrintFailed, bind, set_page, typeset
from people.printing.typed import isolated_ltr, tamed, typed

__all__ = ["FONTS", "PrintFailed", "bind", "isolated_ltr", "set_page", "tamed", "typed", "typeset"]
