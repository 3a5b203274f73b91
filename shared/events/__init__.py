"""The published language: every event type as a class, one module per publisher. Services meet only here."""
