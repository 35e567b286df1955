# SPDX-License-Identifier: GPL-2.0-only
# What an operation costs against the IDs in use: gnuplot -e "data='FILE'; out='FILE'"
set terminal svg size 900,600 background rgb 'white'
set output out
set logscale x 2
set xlabel 'IDs in use'
set ylabel 'ns an operation (emulated machine: compare, do not believe)'
set yrange [0:]
set key outside right
set style data linespoints
plot for [name in "alloc free churn find"] \
	data using 1:(stringcolumn(2) eq 'ours' && stringcolumn(3) eq name ? $4 : NaN) \
	title 'ours, '.name linewidth 2, \
	for [name in "alloc free churn find"] \
	data using 1:(stringcolumn(2) eq 'builtin' && stringcolumn(3) eq name ? $4 : NaN) \
	title 'built in, '.name dashtype 2
