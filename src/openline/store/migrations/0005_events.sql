-- Events are bounded by kind, and within it by what was told most often: both are counted here.
CREATE INDEX event_told ON event (kind, code, subject);
