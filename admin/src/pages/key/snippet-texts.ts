/** A call with a key, in one language. */
interface Snippet {
  readonly name: string;
  readonly label: string;
  readonly code: (url: string) => string;
}

/** The key is read from the environment in each: none stands in code. */
export const SNIPPETS: readonly Snippet[] = [
  {
    name: 'curl',
    label: 'curl',
    code: (url) => `curl -H "Authorization: Api-Key $API_KEY" ${url}`,
  },
  {
    name: 'javascript',
    label: 'JavaScript',
    code: (url) => `const answer = await fetch('${url}', {
  headers: { authorization: \`Api-Key \${process.env.API_KEY}\` },
});
if (!answer.ok) throw new Error((await answer.json()).detail);
console.log(await answer.json());`,
  },
  {
    name: 'python',
    label: 'Python',
    code: (url) => `import json, os, urllib.request

request = urllib.request.Request(
    "${url}",
    headers={"Authorization": f"Api-Key {os.environ['API_KEY']}"},
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer))`,
  },
  {
    name: 'go',
    label: 'Go',
    code: (url) => `package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	request, _ := http.NewRequest("GET", "${url}", nil)
	request.Header.Set("Authorization", "Api-Key "+os.Getenv("API_KEY"))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(answer.Status, string(body))
}`,
  },
  {
    name: 'java',
    label: 'Java',
    code: (url) => `import java.net.URI;
import java.net.http.*;

class Call {
  public static void main(String[] args) throws Exception {
    var request = HttpRequest.newBuilder(URI.create("${url}"))
        .header("Authorization", "Api-Key " + System.getenv("API_KEY"))
        .build();
    var answer = HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(answer.statusCode() + " " + answer.body());
  }
}`,
  },
  {
    name: 'php',
    label: 'PHP',
    code: (url) => `<?php
$call = curl_init('${url}');
curl_setopt($call, CURLOPT_RETURNTRANSFER, true);
curl_setopt($call, CURLOPT_HTTPHEADER, ['Authorization: Api-Key ' . getenv('API_KEY')]);
echo curl_exec($call);`,
  },
];
