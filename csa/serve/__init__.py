"""`make run`: everything a farm's installation needs, in one foreground process group.

Read from the top: `__main__` is the order of things, `supervisor` keeps the processes alive and stops them,
`family` sees to it that none outlives it, `broker` and `parts` say which programs there are, `prepare` brings
database, translations and demo up to date before the first page.
"""
