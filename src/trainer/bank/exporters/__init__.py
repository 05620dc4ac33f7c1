"""Questions on their way out: to Excel, to print, and to other platforms."""
