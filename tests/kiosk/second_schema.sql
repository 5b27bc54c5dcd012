-- The store as the second version of the kiosk made it, with copies, and print jobs of a counter's machine. Kept as it was: never to be edited.
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
INSERT INTO "_sqlite_migrations" VALUES
    (1, 'kiosk', 'first_tables', '2026-11-23 15:00:00.000000+00:00'),
    (2, 'kiosk', 'copies_and_requests', '2026-11-24 15:00:00.000000+00:00');
CREATE TABLE stream (
    epoch INTEGER PRIMARY KEY,
    last_seq INTEGER NOT NULL,
    upto INTEGER NOT NULL,
    central_upto INTEGER NOT NULL
);
CREATE TABLE event (
    epoch INTEGER NOT NULL REFERENCES stream,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (epoch, seq),
    UNIQUE (epoch, id)
) WITHOUT ROWID;
CREATE TABLE counter (
    office TEXT NOT NULL,
    business_day TEXT NOT NULL,
    series TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (office, business_day, series)
) WITHOUT ROWID;
CREATE TABLE ticket (
    id TEXT PRIMARY KEY,
    office TEXT NOT NULL,
    business_day TEXT NOT NULL,
    series TEXT NOT NULL,
    n INTEGER NOT NULL,
    service TEXT NOT NULL,
    preferential INTEGER NOT NULL,
    issued_at INTEGER NOT NULL,
    nonce_hash BLOB NOT NULL UNIQUE,
    UNIQUE (office, business_day, series, n)
) WITHOUT ROWID;
CREATE TABLE "print_job" (
    id TEXT PRIMARY KEY,
    ticket TEXT NOT NULL,
    copy INTEGER NOT NULL,
    request TEXT,
    business_day TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    process_id TEXT NOT NULL,
    attempt INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

INSERT INTO stream VALUES (1, 7, 2, 1);
INSERT INTO event VALUES (1, 1, 'e1', x'7b7d'), (1, 2, 'e2', x'7b7d');
INSERT INTO counter VALUES ('lima-centro', '2026-11-23', 'A', 7);
INSERT INTO setting VALUES ('process_id', 6), ('parent_epoch', 1), ('clock_offset', -250);
INSERT INTO ticket VALUES
    ('00000000-0000-4000-8000-000000000001', 'lima-centro', '2026-11-23', 'A', 1, 'documentos', 0, 1795446000000000, x'01'),
    ('00000000-0000-4000-8000-000000000002', 'lima-centro', '2026-11-23', 'A', 2, 'documentos', 1, 1795446001000000, x'02'),
    ('00000000-0000-4000-8000-000000000003', 'lima-centro', '2026-11-23', 'A', 3, 'consulta', 0, 1795446002000000, x'03'),
    ('00000000-0000-4000-8000-000000000004', 'lima-centro', '2026-11-23', 'A', 4, 'consulta', 0, 1795446003000000, x'04'),
    ('00000000-0000-4000-8000-000000000005', 'lima-centro', '2026-11-23', 'A', 5, 'consulta', 0, 1795446004000000, x'05'),
    ('00000000-0000-4000-8000-000000000006', 'lima-centro', '2026-11-23', 'A', 6, 'consulta', 0, 1795446005000000, x'06'),
    ('00000000-0000-4000-8000-000000000007', 'lima-centro', '2026-11-23', 'A', 7, 'consulta', 0, 1795446006000000, x'07');
INSERT INTO print_job VALUES
    ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', 0, NULL, '2026-11-23', 'issued', '', '', 0),
    ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000002', 0, NULL, '2026-11-23', 'sending', '', '0001', 1),
    ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000003', 0, NULL, '2026-11-23', 'confirmed', '', '0002', 1),
    ('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-000000000004', 0, NULL, '2026-11-23', 'probable', '', '0003', 1),
    ('00000000-0000-4000-8000-000000000005', '00000000-0000-4000-8000-000000000005', 0, NULL, '2026-11-23', 'not_printed', 'paper', '0004', 2),
    ('00000000-0000-4000-8000-000000000006', '00000000-0000-4000-8000-000000000006', 0, NULL, '2026-11-23', 'uncertain', 'silent', '0005', 1),
    ('00000000-0000-4000-8000-000000000007', '00000000-0000-4000-8000-000000000007', 0, NULL, '2026-11-23', 'confirmed_late', '', '0006', 1),
    ('00000000-0000-4000-8000-000000000003/1', '00000000-0000-4000-8000-000000000003', 1, NULL, '2026-11-23', 'confirmed', '', '0007', 1),
    ('00000000-0000-4000-8000-0000000000aa', '00000000-0000-4000-8000-000000000004', 2, '00000000-0000-4000-8000-0000000000aa', '2026-11-23', 'confirmed', '', '0008', 1);
