-- The PostgreSQL of a small company that services heating systems.
CREATE TABLE IF NOT EXISTS jobs (
  id uuid PRIMARY KEY,
  customer text NOT NULL,
  address text NOT NULL,
  visit date NOT NULL,
  status text NOT NULL DEFAULT 'planned' CHECK (status IN ('planned', 'on site', 'waiting for parts', 'done')),
  urgent boolean NOT NULL DEFAULT false,
  notes text NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS parts (
  id uuid PRIMARY KEY,
  job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  name text NOT NULL,
  quantity integer NOT NULL CHECK (quantity > 0),
  price numeric(10, 2) NOT NULL
);

INSERT INTO jobs (id, customer, address, visit, status, urgent, notes) VALUES
  ('0b1f3f52-0000-4000-8000-000000000001', 'Bakery Lindqvist', 'Harbour Street 4', '2026-11-23', 'planned', true, 'Oven room 31 °C at night. Burner cuts out after ten minutes.'),
  ('0b1f3f52-0000-4000-8000-000000000002', 'St. Mary''s School', 'Church Lane 17', '2026-11-23', 'on site', false, 'Radiators on the second floor stay cold.'),
  ('0b1f3f52-0000-4000-8000-000000000003', 'Osei family', 'Mill Road 9', '2026-11-24', 'waiting for parts', false, 'New circulation pump ordered.'),
  ('0b1f3f52-0000-4000-8000-000000000004', 'Hotel Bellevue', 'Promenade 1', '2026-11-25', 'planned', false, 'Yearly inspection of both boilers.'),
  ('0b1f3f52-0000-4000-8000-000000000005', 'Workshop Tanaka', 'Station Yard 3', '2026-11-26', 'done', false, 'Expansion vessel replaced, pressure 1.5 bar.')
ON CONFLICT DO NOTHING;

INSERT INTO parts (id, job_id, name, quantity, price) VALUES
  ('7c000000-0000-4000-8000-000000000001', '0b1f3f52-0000-4000-8000-000000000001', 'Ignition electrode', 2, 18.40),
  ('7c000000-0000-4000-8000-000000000002', '0b1f3f52-0000-4000-8000-000000000001', 'Flame sensor', 1, 46.00),
  ('7c000000-0000-4000-8000-000000000003', '0b1f3f52-0000-4000-8000-000000000003', 'Circulation pump 25-60', 1, 219.90),
  ('7c000000-0000-4000-8000-000000000004', '0b1f3f52-0000-4000-8000-000000000005', 'Expansion vessel 18 l', 1, 64.50)
ON CONFLICT DO NOTHING;
