"""Pictures of the goods, drawn by hand: `tin:#31436b` is a tin in that colour."""

from __future__ import annotations

SHAPES = {
    "tin": """<rect x="120" y="110" width="160" height="210" rx="14" fill="{c}"/>
<rect x="112" y="86" width="176" height="40" rx="10" fill="{c}"/><rect x="112" y="86" width="176" height="40" rx="10"
 fill="#fff" opacity=".25"/><rect x="140" y="180" width="120" height="84" rx="6" fill="#fbf7ee"/>
<path d="M200 196c-26 12-26 40 0 52 26-12 26-40 0-52zm0 8v40" fill="none" stroke="{c}" stroke-width="5"/>""",
    "mug": """<path d="M110 120h150v150a40 40 0 0 1-40 40h-70a40 40 0 0 1-40-40z" fill="{c}"/>
<path d="M260 155h20a38 38 0 0 1 0 90h-20" fill="none" stroke="{c}" stroke-width="20"/>
<ellipse cx="185" cy="120" rx="75" ry="16" fill="#fbf7ee" stroke="#2b2b2b" stroke-width="5"/>""",
    "pot": """<ellipse cx="195" cy="235" rx="95" ry="80" fill="{c}" opacity=".55"/>
<path d="M110 250a95 62 0 0 0 170 0z" fill="#b9812f" opacity=".8"/>
<path d="M282 220c40-10 40-60 62-66" fill="none" stroke="{c}" stroke-width="18"/>
<path d="M102 210c-50-10-50 70 8 66" fill="none" stroke="{c}" stroke-width="14"/>
<rect x="150" y="140" width="90" height="18" rx="9" fill="{c}"/><circle cx="195" cy="126" r="13" fill="{c}"/>""",
    "bowl": """<path d="M90 170h220c0 80-50 130-110 130S90 250 90 170z" fill="{c}"/>
<ellipse cx="200" cy="170" rx="110" ry="26" fill="#86a05a"/><rect x="160" y="296" width="80" height="20" rx="6"
 fill="{c}"/><path d="M120 230q80 30 160 0" fill="none" stroke="#fff" stroke-width="4" opacity=".35"/>""",
}


def picture(drawing: str) -> str:
    """An SVG, 400 by 400."""
    shape, _, colour = drawing.partition(":")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400">'
        f'<rect width="400" height="400" fill="#f2ece0"/>{SHAPES[shape].format(c=colour)}</svg>'
    )
