"""What a connection maps otherwise than the files of its systems: versions, drafts, previews."""
