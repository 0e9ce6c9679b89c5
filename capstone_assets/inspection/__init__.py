"""Questions about a finished run or a stored link, answered from the lake."""
