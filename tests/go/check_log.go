// Command check_log asks the Go project's own packages about proofs of a transparency log.
//
// Standard input is JSON: {"vkey": ..., "cases": [...]}. A case is an inclusion proof, {"leaf": base64,
// "proof": the text of a tlog-proof@v1 file}, or a consistency proof, {"old": signed note, "new": signed
// note, "path": [base64]}. Standard output is a JSON list with one text a case: empty when it holds, else
// why it was refused.
package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const proofHeader = "c2sp.org/tlog-proof@v1"

type question struct {
	Vkey  string     `json:"vkey"`
	Cases []evidence `json:"cases"`
}

type evidence struct {
	Leaf  []byte   `json:"leaf"`
	Proof string   `json:"proof"`
	Old   string   `json:"old"`
	New   string   `json:"new"`
	Path  []string `json:"path"`
}

// tree is the head of a log as a checkpoint states it (C2SP tlog-checkpoint).
type tree struct {
	size int64
	root tlog.Hash
}

func main() {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		log.Fatal(err)
	}
	verifier, err := note.NewVerifier(asked.Vkey)
	if err != nil {
		log.Fatal(err)
	}
	answers := make([]string, len(asked.Cases))
	for place, one := range asked.Cases {
		if err := check(one, verifier); err != nil {
			answers[place] = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

func check(one evidence, verifier note.Verifier) error {
	if one.Proof != "" {
		return checkInclusion(one.Leaf, one.Proof, verifier)
	}
	return checkConsistency(one, verifier)
}

func checkInclusion(leaf []byte, proof string, verifier note.Verifier) error {
	head, signed, found := strings.Cut(proof, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != proofHeader || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("not a tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	path, err := hashes(lines[2:])
	if err != nil {
		return err
	}
	in, err := open(signed, verifier)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(path, in.size, in.root, index, tlog.RecordHash(leaf))
}

func checkConsistency(one evidence, verifier note.Verifier) error {
	older, err := open(one.Old, verifier)
	if err != nil {
		return fmt.Errorf("old checkpoint: %w", err)
	}
	newer, err := open(one.New, verifier)
	if err != nil {
		return fmt.Errorf("new checkpoint: %w", err)
	}
	path, err := hashes(one.Path)
	if err != nil {
		return err
	}
	return tlog.CheckTree(path, newer.size, newer.root, older.size, older.root)
}

// open checks the signature before it reads the text; the origin has to be the name of the key.
func open(signed string, verifier note.Verifier) (tree, error) {
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tree{size, root}, err
}

func hashes(lines []string) ([]tlog.Hash, error) {
	path := []tlog.Hash{}
	for _, line := range lines {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("%q is not a hash", line)
		}
		path = append(path, *(*tlog.Hash)(raw))
	}
	return path, nil
}
