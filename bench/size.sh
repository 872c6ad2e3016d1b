#!/usr/bin/env bash
# What the client adds to a native program: one that asks a model through it, beside one that merely reads the bytes with HttpClient.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

project() {
    mkdir "$folder/$1"
    cat >"$folder/$1/$1.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <PublishAot>true</PublishAot>
    <InvariantGlobalization>true</InvariantGlobalization>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup>$2</ItemGroup>
</Project>
END
    cat >"$folder/$1/Program.cs"
    dotnet publish "$folder/$1" -c Release -r linux-x64 -o "$folder/$1/out" >"$folder/$1/log" || { cat "$folder/$1/log" >&2; exit 1; }
    stat -c %s "$folder/$1/out/$1"
}

# The client decompresses by itself: a handler that does so too brings the compressors with it.
read -r -d '' reading <<'END' || true
using var request = new HttpRequestMessage(HttpMethod.Post, args[0]) { Content = new StringContent(args[1]) };
using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
await using var stream = await response.Content.ReadAsStreamAsync();
await using var output = Console.OpenStandardOutput();
await stream.CopyToAsync(output);
END
bytes=$(project bytes '' <<<"using var http = new HttpClient();
$reading")
unpacked=$(project unpacked '' <<<"using var http = new HttpClient(
    new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.All });
$reading")
client=$(project client "<ProjectReference Include=\"$repository/src/Unarr.Pipelines/Unarr.Pipelines.csproj\" />" <<'END'
using Unarr.Pipelines.Sse;

using var http = new HttpClient(SseClient.CreateHandler());
await using var answer = new SseClient(
    http,
    _ => new HttpRequestMessage(HttpMethod.Post, args[0]) { Content = new StringContent(args[1]) },
    new SseClientOptions { EndMarker = "[DONE]" });
Console.CancelKeyPress += (_, pressed) => { pressed.Cancel = true; answer.Close(); };
await foreach (var item in answer.ReadAllAsync())
{
    Console.WriteLine(item.Data);
}
END
)
echo "$client bytes with the client"
echo "$bytes bytes with HttpClient alone: the client adds $((client - bytes))"
echo "$unpacked bytes with HttpClient that decompresses: the client adds $((client - unpacked))"
