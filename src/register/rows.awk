# Rows of the table of law that a .tsv file of this folder is named for: columns separated by tabs, - is NULL.
BEGIN {
	FS = "\t"
	columns["eea"] = "country, inside, part_of, valid_from, valid_to, checked_on, source"
	columns["adequacy"] = "party, recipients, decision, decided_on, valid_from, valid_to, not_from, checked_on, scope, source"
	table["eea"] = "eea_country"
	table["adequacy"] = "adequacy"
}
FNR == 1 {
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.tsv$/, "", name)
	wanted = split(columns[name], ignored, ", ")
	printf "%sINSERT INTO gdpr.%s (%s, builtin) VALUES", (NR > 1 ? ";\n" : ""), table[name], columns[name]
	rows = 0
}
/^(#|$)/ { next }
NF != wanted { printf "%s:%d: a line is %s\n", FILENAME, FNR, columns[name] > "/dev/stderr"; failed = 1; exit 1 }
{
	printf "%s\n\t(", (rows++ ? "," : "")
	for (i = 1; i <= NF; i++)
	{
		value = $i
		gsub(/'/, "''", value)
		printf "%s, ", (value == "-" ? "NULL" : "'" value "'")
	}
	printf "true)"
}
END { if (failed) exit 1; print ";" }
