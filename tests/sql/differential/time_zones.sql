-- Time zones by name.

-- each z: Europe/Berlin | america/new_york | Asia/Kolkata | Australia/Lord_Howe | Pacific/Apia | Asia/Tehran | America/Sao_Paulo | Etc/GMT+5 | UTC | CET | PST | EST | Pacific/Kiritimati | Nowhere/At_All | +02 | -03:30
-- each t: 1975-06-01 12:00:00 | 2011-12-30 12:00:00 | 2026-01-31 10:00:00.123456 | 2026-03-08 02:30:00 | 2026-03-29 02:00:00 | 2026-03-29 02:30:00 | 2026-03-29 03:00:00 | 2026-10-25 01:59:59 | 2026-10-25 02:30:00 | 2026-10-25 03:00:00 | 2026-11-01 01:30:00 | 2026-04-05 01:45:00 | 2026-10-04 02:15:00 | 2019-02-16 23:30:00 | infinity
SELECT timestamptz '@t@+00' AT TIME ZONE '@z@', timestamp '@t@' AT TIME ZONE '@z@';

-- each t: date | timestamp | timestamptz
-- each x: 2026-07-01 10:00 Europe/Berlin | 2026-07-01 10:00 PST | 2026-07-01 10:00 CEST | 2026-07-01 10:00 Nowhere/At_All | 2026-07-01 America/New_York | 2026-03-29 02:30 Europe/Berlin | 2026-07-01T10:00:00.5 Asia/Kolkata | 2026-07-01 10:00 Europe/Berlin Europe/Berlin | 2026-07-01 10:00+02 Europe/Berlin | Jul 1 2026 10:00 PM America/Argentina/Buenos_Aires
SELECT '@x@'::@t@;
