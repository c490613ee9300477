-- Runs once, when the bundled MySQL makes its data. The pages of /ops/ read these; the statements
-- in them hold no values, and those of the slow log lose theirs before they are shown.
GRANT SELECT ON performance_schema.* TO 'mercury'@'%';
GRANT SELECT ON mysql.slow_log TO 'mercury'@'%';
