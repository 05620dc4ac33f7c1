"""The published board (榜单): tables, plots, a workbook and a page, all made from one Board."""
