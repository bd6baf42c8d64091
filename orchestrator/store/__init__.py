"""The app database: documents by id, runs, and the delivery journal; knows no journey and no person."""
