"""What all pages share: the signed-in user, navigation, filters, tables, links and messages."""
