"""What all pages share: the signed-in user, navigation, tables, links, notices."""
