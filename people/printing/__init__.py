"""Paper: words and typst files in, PDFs out. What people typed never becomes markup."""

from people.printing.setting import PrintFailed, bind, order, set_page, typeset
from people.printing.typed import isolated_ltr, tamed, typed

__all__ = ["PrintFailed", "bind", "isolated_ltr", "order", "set_page", "tamed", "typed", "typeset"]
