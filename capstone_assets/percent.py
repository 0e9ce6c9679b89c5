"""Write shares as percentages."""


def percent(value: float) -> str:
    """Return a share, 0 to 1, with one decimal; nearly all is not shown as all, nor few as none."""
    if 0.9995 <= value < 1:
        return ">99.9%"
    return "<0.1%" if 0 < value < 0.0005 else f"{value:.1%}"
