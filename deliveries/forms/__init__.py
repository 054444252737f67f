"""What people type, page by page: read into plain facts, or refused beside the field."""
