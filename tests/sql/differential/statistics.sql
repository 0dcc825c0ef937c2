-- Statistics of pairs of numbers, and any_value.
CREATE TABLE m (g integer, y double precision, x double precision, i integer, n numeric(8, 2), t text, j jsonb, a integer[]);
INSERT INTO m VALUES (1, 1, 2, 3, 4.5, 'a', '{"k": 1}', '{1,2}'), (1, 2, 2.5, 5, 1.25, NULL, NULL, NULL), (1, 4, 7, 1, NULL, 'c', '[1]', '{3}'),
  (2, 1.5, 1e3, NULL, 2, 'd', 'null', '{}'), (2, NULL, 3, 2, 2, NULL, '2', NULL), (3, 5, 5, 5, 5, NULL, NULL, NULL), (3, 6, 5, 7, 5, NULL, NULL, NULL),
  (4, 3, 1, 1, 1, 'z', NULL, NULL), (4, 3, 2, 1, 1, 'z', NULL, NULL), (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- each f: corr | covar_pop | covar_samp | regr_avgx | regr_avgy | regr_count | regr_intercept | regr_r2 | regr_slope | regr_sxx | regr_sxy | regr_syy
-- each a: y, x | x, y | i, n | 1, 2.5 | y, i | NULL, x | t, x | y
SELECT @f@(@a@) FROM m;
-- each f: corr | covar_pop | covar_samp | regr_avgx | regr_avgy | regr_count | regr_intercept | regr_r2 | regr_slope | regr_sxx | regr_sxy | regr_syy
SELECT g, @f@(y, x) FROM m GROUP BY g ORDER BY g;
-- each f: corr | covar_samp | regr_count | regr_r2
-- each w: WHERE false | WHERE g = 3 | WHERE g = 5
SELECT @f@(y, x), @f@(y, x) FILTER (WHERE y > 2) FROM m @w@;
-- each f: corr | regr_count | regr_slope
SELECT @f@(DISTINCT y, x) FROM m;
SELECT corr(1e200 * y, x) FROM m;
SELECT g, round(regr_slope(n, i)::numeric, 6) AS slope FROM m GROUP BY g HAVING regr_count(n, i) > 1 ORDER BY slope DESC NULLS LAST;
-- each v: t | i | n | j | a | y > 0 | t || 'x' | date '2024-01-01' | 1
SELECT any_value(@v@) FROM m WHERE g = 4;
-- differs: A literal without a type is text.
SELECT any_value(NULL) FROM m WHERE g = 4;
-- each v: t | j | a
SELECT any_value(@v@) FROM m WHERE g = 1 AND i = 3;
SELECT g, any_value(t) FROM m GROUP BY g HAVING count(t) < 2 ORDER BY g;
SELECT any_value(t) FILTER (WHERE t > 'c') FROM m WHERE g = 1;
SELECT any_value(t ORDER BY t DESC) FROM m WHERE g = 1;
SELECT any_value(DISTINCT t) FROM m WHERE g = 4;
SELECT any_value(t, 1) FROM m;
SELECT g, corr(y, x) OVER (PARTITION BY g) FROM m ORDER BY g;
SELECT any_value(t) OVER (PARTITION BY g ORDER BY t) FROM m ORDER BY g;
