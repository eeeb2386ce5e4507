"""The data set that analysts get: runs, their employees and people, as files and by the API."""
