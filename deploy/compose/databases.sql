-- One database per service; run once, when the cluster is new. One that 0.1.0 made lacks the last.
CREATE DATABASE invitation;
CREATE DATABASE relationship;
CREATE DATABASE notification;
CREATE DATABASE directory;
