# dictionary_table.awk: the lists of content as one sorted text and where its entries begin, which needs no relocation
# when the library is loaded. Input is sorted lines "entry list", the entry with _ for a space; it may be in several.
function finish()
{
	if (entry == "")
		return
	gsub(/_/, " ", entry)
	printf "\t\"%s\\0\"\n", entry
	entries = entries "\t{" at ", " lists "},\n"
	at += length(entry) + 1
	count++
}

BEGIN {
	print "/* Made by dictionary_table.awk from first_names.txt, last_names.txt, places.txt and vocabulary.txt. */\n/* clang-format off */"
	print "#include \"discovery/dictionary.h\"\n"
	print "const char gdpr_dictionary_text[] ="
	at = 0
}
$1 == entry_key {
	lists = lists " | GDPR_LIST_" toupper($2)
	next
}
{
	finish()
	entry = entry_key = $1
	lists = "GDPR_LIST_" toupper($2)
}
END {
	finish()
	print ";\n\nconst GdprDictionaryEntry gdpr_dictionary[] = {"
	printf "%s};\nconst int gdpr_dictionary_count = %d;\n", entries, count
}
