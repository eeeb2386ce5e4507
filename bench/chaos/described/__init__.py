"""The described path: a described source of 33 fields to a described target, which may behave badly all the time."""
