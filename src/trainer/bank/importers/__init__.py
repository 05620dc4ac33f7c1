"""Question banks as they lie about in offices: read, doubted, reported, and kept as drafts."""
