-- Integers, numeric and floating point: operators, casts, limits.
-- each a: 7 | -7 | 0 | 2147483647 | 9223372036854775807 | 7.0 | -2.50 | 1e3 | 0.001 | 1.5::real | 2.5::double precision | 3::smallint | NULL::integer
-- each b: 2 | -3 | 0 | 0.5 | 1.25::double precision | 7::bigint | NULL::integer
-- each o: + | - | * | / | % | = | < | >=
SELECT @a@ @o@ @b@;

-- each a: 2 | -2 | 0 | 0.5 | 2::double precision | NULL
-- each b: 3 | -1 | 0 | 0.5 | 1000
SELECT @a@ ^ @b@;

-- each a: 5 | -5 | 0 | 2147483647 | 5::bigint | 5::smallint
-- each b: 1 | 3 | 0
-- each o: & | \| | # | << | >>
SELECT @a@ @o@ @b@;

-- each x: 1.5 | 2.5 | -1.5 | -2.5 | 0.5 | 1.005 | 123.456 | -0.0001 | 99999.995 | 1e10
-- each f: round(@x@) | round(@x@, 2) | round(@x@, -1) | trunc(@x@) | trunc(@x@, 1) | ceil(@x@) | floor(@x@) | abs(@x@) | sign(@x@) | scale(@x@) | trim_scale(@x@) | min_scale(@x@) | @x@::integer | @x@::double precision::integer | @x@::numeric(8, 2) | @x@::real | @x@::text | round(@x@::double precision) | trunc(@x@::double precision) | -@x@ | @x@::bigint | @x@::smallint
SELECT @f@;

-- each t: smallint | integer | bigint
-- each x: '12' | ' 12 ' | '-0' | '+5' | '1.5' | '1e3' | '' | 'x' | '32768' | '2147483648' | '9223372036854775808' | '-32768' | '0x1F' | '1_000' | '12a' | NULL
SELECT @x@::@t@;

-- each t: numeric | numeric(5, 2) | real | double precision
-- each x: '12' | ' 12.50 ' | '-0' | '1.555' | '1e3' | '' | 'x' | '999.995' | 'NaN' | 'Infinity' | '-inf' | '1e400' | '.5' | '5.' | NULL
SELECT (@x@::@t@)::text;

-- each x: 32767::smallint + 1::smallint | 2147483647 + 1 | 9223372036854775807 + 1 | -2147483648 - 1 | 2147483647 * 2 | abs(-2147483648) | 2147483648 | 9223372036854775808 | -9223372036854775808 | (-9223372036854775808) / -1 | (-2147483648) % -1 | 1e308::double precision::real | 40000::smallint | 3000000000::integer
SELECT @x@;

-- each f: sqrt(2) | sqrt(2.0) | sqrt(-1) | ln(0) | ln(-1) | ln(2.0) | exp(1.0) | exp(1::double precision) | log(100) | log(2.0, 64.0) | power(2, 10) | power(2.0, 0.5) | power(0, -1) | mod(7, -3) | mod(7.5, 2) | mod(1, 0) | div(7.5, 2) | gcd(12, 18) | lcm(4, 6) | factorial(5) | factorial(25) | width_bucket(5.35, 0.024, 10.06, 5) | pi() | degrees(1) | radians(180) | sin(0) | cos(0) | tan(0) | atan2(0, 1) | cbrt(27) | \|/ 16 | \|\|/ 27 | @ -5 | ~5 | to_hex(255) | to_hex(-1) | sinh(0) | cosh(0) | tanh(0) | asinh(0) | acosh(1) | atanh(0) | sind(30) | cosd(60) | tand(45) | cot(1) | erf(0) | random() >= 0 | ceiling(1.2) | to_bin(5) | to_oct(8) | random_normal() IS NULL
SELECT @f@;

-- each x: 1 | 1.0 | 1.50 | 1::real | 1::double precision | 1::bigint | 1::smallint
-- each y: 2 | 2.5 | 2::double precision | 2::bigint
SELECT @x@ + @y@ AS plus, coalesce(@x@, @y@) AS either, CASE WHEN true THEN @x@ ELSE @y@ END AS choice, greatest(@x@, @y@);

SELECT 1_000, 0x1F, 0b101, 0o17, 1e3, .5, 5., 1e-2;
SELECT 1000000000000, 99999999999999999999;
SELECT 0.1 + 0.2, 0.1::double precision + 0.2::double precision, 0.1::real + 0.2::real;
SELECT 1 / 3, 1 / 3.0, 1.0 / 3, 10.0 / 4, 1::double precision / 3, 2 / 3.000;
SELECT 12345678901234567890.123456789 * 98765432109876543210.987654321;
SELECT 1e20::numeric, 1e20::double precision, 1e15::double precision, 123456789.123::real;
SELECT -7 / 2, -7 % 2, 7 / -2, 7 % -2, -7.5 % 2;
SELECT - 2 ^ 2, (-2) ^ 2, 2 ^ 3 ^ 2, 2 * 3 + 4, 2 + 3 * 4, -5 % 3;
SELECT 1.0 = 1.00, 1.0 = 1, 1::double precision = 1.0, 'NaN'::numeric = 'NaN'::numeric, 'NaN'::numeric > 1e100;
-- differs: An operand of unknown type is text or double precision where PostgreSQL asks for a cast.
SELECT NULL - NULL;
-- each t: numeric | real | double precision
-- differs: Hexadecimal digits in a text that becomes a number with a fraction are refused; PostgreSQL 15 reads them for some types only.
SELECT '0x1F'::@t@;
-- each t: real | double precision
SELECT '1e-400'::@t@;
-- differs: -2147483648 is an integer, minus the integer 2147483648 is one of PostgreSQL's bigints.
SELECT -(-2147483648);
