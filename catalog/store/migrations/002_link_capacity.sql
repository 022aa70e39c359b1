-- What an operator says about a line between two places; null: unknown.

ALTER TABLE link ADD COLUMN bytes_per_s BIGINT;
ALTER TABLE link ADD COLUMN price_n_per_gib BIGINT;
