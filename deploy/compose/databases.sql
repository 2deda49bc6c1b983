-- One database per service; run once, when the cluster is new. One that 0.1 made lacks the last two, one of 0.2 or
-- 0.3 the last, which the profile `pages` needs.
CREATE DATABASE invitation;
CREATE DATABASE relationship;
CREATE DATABASE notification;
CREATE DATABASE directory;
CREATE DATABASE web;
