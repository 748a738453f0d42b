# word_table.awk: the words of words.txt as a sorted table in C. Input is sorted lines "word concept".
BEGIN {
	print "/* Made by word_table.awk from words.txt. */\n/* clang-format off */"
	print "#include \"discovery/word.h\"\n"
	print "const GdprWord gdpr_word_table[] = {"
}
{
	if ($1 == last) {
		print "words.txt: " $1 " stands twice" >"/dev/stderr"
		failed = 1
		exit
	}
	last = $1
	printf "\t{\"%s\", GDPR_WORD_%s},\n", $1, toupper($2)
}
END {
	print "};\nconst int gdpr_word_count = " NR ";"
	exit failed
}
