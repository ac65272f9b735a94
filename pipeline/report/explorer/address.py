"""Addresses of the explorer: which view, which fragments, which one is open; all after the ``#``.

=====================  ============================================================  ==================================
key                    value                                                         example
=====================  ============================================================  ==================================
``view``               ``fragments``, ``matrix``, ``map`` or ``decisions``             ``view=matrix``
``open``               the id of the fragment that is read                           ``open=f-007d8beda6e4``
``ids``                fragment ids: only these                                      ``ids=f-1,f-2``
``q``                  words to search for                                           ``q=sleutel``
``theme``              ids of themes as they stand after decisions                   ``theme=T03,outlier``
``hat``                hats, noted or heard; ``?`` for no hat                        ``hat=zwart,geel``
``session`` ``role``   values as they stand in the tables ``fragments`` and          ``session=tafel-01``
``organisation``       ``speakers``; ``?`` for unknown
``kind`` ``status``
``speaker``            session, a slash, speaker                                     ``speaker=tafel-01/D3``
``is.NAME``            values of an attribute                                        ``is.leeftijd=60-70``
``CODER.SCHEME``       codes; ``-`` looked and gave none, ``?`` did not look,        ``A.theme=nabijheid``
                       ``!`` abstained
``pair``               scheme, two coders and an outcome: ``same``, ``partly``,      ``pair=theme,A,B,different``
                       ``different``, ``abstained`` or ``unseen``
``cell``               scheme, coder, code, coder, code                              ``cell=theme,A,erkenning,B,-``
``only``               coder, scheme and codes: these and no other                   ``only=A,polarity,kans``
``first``              coder, scheme and code: this one first                        ``first=machine-guided,theme,tijd``
``difference``         ``reversal``, ``conflict``, ``united`` or ``unsure``          ``difference=reversal``
``score``              coder, scheme, lowest and highest score                       ``score=machine-taught,theme,0,.4``
``lasso``              corners of an area of the map                                 ``lasso=0,0,1,0,1,1``
``colour``             what colours the map                                          ``colour=hat``
``sort``               ``order``, ``teach``, ``score`` or ``theme``                  ``sort=teach``
``lang``               ``nl`` or ``en``                                              ``lang=en``
=====================  ============================================================  ==================================

Several values of one key widen the choice, several keys narrow it. A key or value that the study does not know finds
nothing and is shown as such. Commas and other signs within a value are percent-encoded.
"""

from collections.abc import Iterable
from urllib.parse import quote


def link(page: str = "explorer.html", /, **choices: str | Iterable[str]) -> str:
    """Write the address of a view.

    Args:
        page: the page, as seen from where the link stands.
        choices: value or values by key.

    Returns:
        A relative address; keys in the order given.

    >>> link(open="f-007d8beda6e4")
    'explorer.html#open=f-007d8beda6e4'
    >>> link(view="matrix", cell=("theme", "A", "tijd, geld", "machine-taught", "-"))
    'explorer.html#view=matrix&cell=theme,A,tijd%2C%20geld,machine-taught,-'
    >>> link(**{"A.theme": ["nabijheid", "grenzen"]}, hat="zwart")
    'explorer.html#A.theme=nabijheid,grenzen&hat=zwart'
    """
    parts = []
    for key, value in choices.items():
        values = [value] if isinstance(value, str) else value
        parts.append(f"{quote(key, safe='.')}={','.join(quote(each, safe='') for each in values)}")
    return f"{page}#{'&'.join(parts)}"
