-- Deployments whose replicas the planner chooses by demand and prices.
ALTER TABLE deployment ADD COLUMN follows_demand BIGINT NOT NULL DEFAULT 0;
