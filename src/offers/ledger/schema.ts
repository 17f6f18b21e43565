/**
 * The ledger's tables. Money and coupons move between accounts by `entries`, which nobody may change or take away; all
 * other tables are the state that the entries led to, and `verify` compares the two.
 */

/**
 * `accounts`: a balance never leaves [least, most]. `entries.hash` chains each row to the one before. Customers are known
 * by their number in `people` alone, so that a name can be erased and the chain still holds. Keys of repeated calls are
 * kept as hashes. Deleted bytes are overwritten (secure_delete). Waiting is done in turns of a second: see `alone`.
 */
export const SCHEMA = `
  pragma secure_delete = on;
  create table if not exists clock (id integer primary key check (id = 1), at integer not null) strict;
  create table if not exists people (person integer primary key autoincrement, customer text unique) strict;
  create table if not exists accounts (name text primary key, unit text not null, balance integer not null default 0,
    least integer not null default 0, most integer not null default ${Number.MAX_SAFE_INTEGER},
    check (balance between least and most)) without rowid, strict;
  create table if not exists entries (id integer primary key autoincrement, at integer not null, deed text not null,
    source text not null references accounts, target text not null references accounts,
    amount integer not null check (amount > 0), ref text not null, person integer, hash blob not null) strict;
  create index if not exists entries_target on entries (target, at);
  create index if not exists entries_source on entries (source, at);
  create trigger if not exists entries_stay before update on entries
    begin select raise(abort, 'entries of the ledger cannot be changed'); end;
  create trigger if not exists entries_remain before delete on entries
    begin select raise(abort, 'entries of the ledger cannot be taken away'); end;
  create table if not exists head (id integer primary key check (id = 1), entries integer not null, hash blob not null) strict;
  create table if not exists answers (key blob primary key, call text not null, body blob not null, answer text not null,
    person integer, at integer not null) without rowid, strict;
  create index if not exists answers_person on answers (person) where person is not null;
  create table if not exists offers (id text not null, version integer not null, terms text not null,
    used integer not null default 0, at integer not null, person integer, primary key (id, version)) strict;
  create trigger if not exists offers_stay before update of terms on offers when old.used = 1
    begin select raise(abort, 'terms of an offer that was used cannot be changed'); end;
  create trigger if not exists offers_remain before delete on offers when old.used = 1
    begin select raise(abort, 'an offer that was used cannot be taken away'); end;
  create table if not exists budgets (id text primary key, campaign text, currency text not null, at integer not null,
    person integer) strict;
  create table if not exists holds (id integer primary key autoincrement, budget text not null references budgets,
    amount integer not null, expires_at integer, state text not null default 'held', settled integer not null default 0) strict;
  create index if not exists holds_open on holds (expires_at) where state = 'held';
  create table if not exists pools (id text primary key, offer_id text not null, offer_version integer not null,
    budget text references budgets, currency text not null, kind text not null, total integer not null,
    per_person integer, per_tier text not null, starts_at integer, expires_at integer, valid_ms integer,
    low_stock integer not null, hold_minor integer not null, is_bearer integer not null, terms blob not null, at integer not null,
    person integer, foreign key (offer_id, offer_version) references offers (id, version)) strict;
  create table if not exists coupons (code text primary key, pool text not null references pools, n integer not null,
    state text not null, person integer, tier text, decision text, issued_at integer, expires_at integer, hold integer) strict;
  create index if not exists coupons_pool on coupons (pool, state, n);
  create index if not exists coupons_open on coupons (expires_at) where state = 'issued';
  create index if not exists coupons_person on coupons (person) where person is not null;
  create table if not exists uses (pool text not null, who text not null, count integer not null,
    primary key (pool, who)) without rowid, strict;
  create table if not exists redemptions (id integer primary key autoincrement, pool text not null, code text not null,
    person integer not null, tier text, order_id text, amount integer not null, at integer not null,
    refunded_at integer) strict;
  create index if not exists redemptions_order on redemptions (order_id);
  create index if not exists redemptions_pool on redemptions (pool, at);
  create index if not exists redemptions_person on redemptions (person);
  pragma busy_timeout = 1000`;
