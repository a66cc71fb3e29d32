"""Names that others may have written: markup, controls, wide, empty, endless."""

ODD_NAMES = (
    "[bold red]markup[/]",
    "\x1b[31mred\x1b[0m\x07bell",
    "名前がとても長いテナントの名前です",
    "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
    "عميل-طويل-جدا-اسم",
    "a" * 300,
    "line\nbreak\ttab",
    "é" * 40,
    "\u202eesrever",
    "zero\u200b\u200dwidth\ufeff",
    "👩\u200d👩\u200d👧\u200d👦 family",
    "e\u0301\u0301\u0301accents",
    "\x1b]52;c;aGFja2Vk\x07clipboard",
    "\x9b31mcsi",
    "n" * 500,
)
