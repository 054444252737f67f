"""Who is due when and where: a share's turns over the season, and the roster of each pickup."""
