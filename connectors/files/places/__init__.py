"""Where files are: a folder on the iHUB server, or on an SFTP server."""
