-- One database per service; run once, when the cluster is new.
CREATE DATABASE invitation;
CREATE DATABASE relationship;
CREATE DATABASE notification;
