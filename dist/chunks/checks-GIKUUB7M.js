import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);
import{c as a,d as b}from"./chunk-BQJFROAG.js";import"./chunk-ZK2G45Q2.js";import"./chunk-DSUNSVUA.js";import"./chunk-BR66CINY.js";import"./chunk-ZMM26SVM.js";import"./chunk-CTKV6OLZ.js";import"./chunk-OTXR65DB.js";export{b as allChecks,a as checksFor};
