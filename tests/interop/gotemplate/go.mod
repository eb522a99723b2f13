module ocitool.test/gotemplate

go 1.21
