# Rows of gdpr.word from <language>.tsv: domain, key and text, separated by tabs.
BEGIN { FS = "\t"; print "INSERT INTO gdpr.word (domain, key, language, text, builtin) VALUES" }
/^(#|$)/ { next }
NF != 3 { printf "%s:%d: a line is domain, tab, key, tab, text\n", FILENAME, FNR > "/dev/stderr"; failed = 1; exit 1 }
{
	language = FILENAME
	sub(/.*\//, "", language)
	sub(/\.tsv$/, "", language)
	gsub(/'/, "''")
	printf "%s\t('%s', '%s', '%s', '%s', true)", rows++ ? ",\n" : "", $1, $2, language, $3
}
END { if (failed) exit 1; print ";" }
