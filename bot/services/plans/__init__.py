"""Plans come in from files: read, judged, their images fetched, their posts added."""
