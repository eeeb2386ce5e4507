"""Write the rows of a data set as CSV, Excel, JSON Lines or Parquet, piece by piece."""
