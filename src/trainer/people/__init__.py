"""The sheets that people send and get: rosters, mark sheets and check-in sheets, as .xlsx or .csv."""
