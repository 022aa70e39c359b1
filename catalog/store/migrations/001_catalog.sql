-- The catalog, version 1: for SQLite and PostgreSQL alike, in the SQL subset that both share.
-- Flags are 0 or 1, times (`_us`) microseconds since 1970, money (`_n`) nano-yuan, lists
-- texts with commas. Tables marked "append-only" are never updated; see append_only.h.

CREATE TABLE site (
  site_id   TEXT PRIMARY KEY,
  name      TEXT NOT NULL,
  region    TEXT NOT NULL,
  latitude  DOUBLE PRECISION NOT NULL,
  longitude DOUBLE PRECISION NOT NULL
);

-- A node id names one machine in the whole network: it is what the wire calls the peer.
CREATE TABLE node (
  node_id            TEXT PRIMARY KEY,
  site_id            TEXT NOT NULL REFERENCES site (site_id),
  curve_public_z85   TEXT NOT NULL UNIQUE,
  receipt_public_hex TEXT NOT NULL,
  state              TEXT NOT NULL,
  hardware_json      TEXT NOT NULL,
  enrolled_us        BIGINT NOT NULL
);

-- `used_by_z85` is empty until a node's key has used the ticket; then it never changes.
CREATE TABLE ticket (
  ticket_id        TEXT PRIMARY KEY,
  site_id          TEXT NOT NULL REFERENCES site (site_id),
  curve_public_z85 TEXT NOT NULL UNIQUE,
  expires_us       BIGINT NOT NULL,
  is_auto_approved BIGINT NOT NULL CHECK (is_auto_approved IN (0, 1)),
  used_us          BIGINT,
  used_by_z85      TEXT NOT NULL
);

-- Append-only. One end may be `control`, which is no site.
CREATE TABLE link (
  source      TEXT NOT NULL,
  destination TEXT NOT NULL,
  measured_us BIGINT NOT NULL,
  rtt_us_p50  BIGINT NOT NULL,
  rtt_us_p99  BIGINT NOT NULL,
  PRIMARY KEY (source, destination, measured_us)
);

-- Append-only. `model_id` empty: every model without an offer of its own.
CREATE TABLE offer (
  site_id            TEXT NOT NULL REFERENCES site (site_id),
  model_id           TEXT NOT NULL,
  version            BIGINT NOT NULL,
  input_n_per_token  BIGINT NOT NULL,
  cached_n_per_token BIGINT NOT NULL,
  output_n_per_token BIGINT NOT NULL,
  made_us            BIGINT NOT NULL,
  PRIMARY KEY (site_id, model_id, version)
);

CREATE TABLE model (
  model_id          TEXT PRIMARY KEY,
  digest_hex        TEXT NOT NULL,
  architecture      TEXT NOT NULL,
  quantization      TEXT NOT NULL,
  weight_bytes      BIGINT NOT NULL,
  context_tokens    BIGINT NOT NULL,
  vocabulary        BIGINT NOT NULL,
  has_chat_template BIGINT NOT NULL CHECK (has_chat_template IN (0, 1)),
  first_seen_us     BIGINT NOT NULL
);

CREATE TABLE deployment (
  deployment_id TEXT PRIMARY KEY,
  model_id      TEXT NOT NULL,
  replicas      BIGINT NOT NULL,
  sites         TEXT NOT NULL,
  created_us    BIGINT NOT NULL,
  is_retired    BIGINT NOT NULL CHECK (is_retired IN (0, 1))
);

CREATE TABLE replica (
  replica_id    BIGINT PRIMARY KEY,
  deployment_id TEXT NOT NULL REFERENCES deployment (deployment_id),
  node_id       TEXT NOT NULL REFERENCES node (node_id),
  model_id      TEXT NOT NULL,
  lease_epoch   BIGINT NOT NULL,
  state         TEXT NOT NULL
);

-- All numbers below `ceiling` may have been used.
CREATE TABLE fence (
  name    TEXT PRIMARY KEY,
  ceiling BIGINT NOT NULL
);

CREATE TABLE bench_campaign (
  campaign_id  TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  account_id   TEXT NOT NULL,
  spec_json    TEXT NOT NULL,
  spec_sha256  TEXT NOT NULL,
  status       TEXT NOT NULL,
  summary_json TEXT NOT NULL,
  created_us   BIGINT NOT NULL,
  ended_us     BIGINT
);

-- Never changes once `ended_us` is set.
CREATE TABLE bench_run (
  run_id      TEXT PRIMARY KEY,
  campaign_id TEXT NOT NULL REFERENCES bench_campaign (campaign_id),
  cell        TEXT NOT NULL,
  execution   BIGINT NOT NULL,
  site_id     TEXT NOT NULL,
  node_id     TEXT NOT NULL,
  model_id    TEXT NOT NULL,
  status      TEXT NOT NULL,
  reason      TEXT NOT NULL,
  flags       TEXT NOT NULL,
  seal_sha256 TEXT NOT NULL,
  result_json TEXT NOT NULL,
  issued_us   BIGINT NOT NULL,
  ended_us    BIGINT
);

CREATE INDEX bench_run_by_campaign ON bench_run (campaign_id, issued_us);

-- Append-only. `model_id` empty: a number of the machine.
CREATE TABLE measurement (
  run_id   TEXT NOT NULL,
  node_id  TEXT NOT NULL,
  model_id TEXT NOT NULL,
  metric   TEXT NOT NULL,
  site_id  TEXT NOT NULL,
  value    DOUBLE PRECISION NOT NULL,
  low      DOUBLE PRECISION,
  high     DOUBLE PRECISION,
  log_sd   DOUBLE PRECISION NOT NULL,
  evidence TEXT NOT NULL,
  at_us    BIGINT NOT NULL,
  PRIMARY KEY (run_id, node_id, model_id, metric)
);

CREATE INDEX measurement_by_node ON measurement (node_id, model_id, metric, evidence, at_us);

-- Append-only, pruned from its oldest end.
CREATE TABLE decision (
  request_id TEXT NOT NULL,
  attempt    BIGINT NOT NULL,
  at_us      BIGINT NOT NULL,
  account_id TEXT NOT NULL,
  site_id    TEXT NOT NULL,
  node_id    TEXT NOT NULL,
  verdict    TEXT NOT NULL,
  json       TEXT NOT NULL,
  PRIMARY KEY (request_id, attempt)
);

CREATE INDEX decision_by_time ON decision (at_us, request_id, attempt);

CREATE TABLE account (
  account_id    TEXT PRIMARY KEY,
  service_class TEXT NOT NULL,
  weight        BIGINT NOT NULL CHECK (weight > 0),
  created_us    BIGINT NOT NULL
);

CREATE TABLE api_key (
  hmac_hex   TEXT PRIMARY KEY,
  prefix     TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL REFERENCES account (account_id),
  rights     TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  revoked_us BIGINT
);

CREATE INDEX api_key_by_account ON api_key (account_id);

-- Append-only. `day` comes from the request's id, so that a repeat after midnight meets its row.
CREATE TABLE usage (
  day               BIGINT NOT NULL,
  request_id        TEXT NOT NULL,
  attempt           BIGINT NOT NULL,
  account_id        TEXT NOT NULL,
  model_id          TEXT NOT NULL,
  site_id           TEXT NOT NULL,
  node_id           TEXT NOT NULL,
  prompt_tokens     BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  cached_tokens     BIGINT NOT NULL,
  amount_n          BIGINT NOT NULL,
  status            TEXT NOT NULL,
  at_us             BIGINT NOT NULL,
  PRIMARY KEY (day, request_id, attempt)
);
