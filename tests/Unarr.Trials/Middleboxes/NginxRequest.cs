namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A request as nginx has it in its log.</summary>
internal sealed record NginxRequest(string Path, int Status, string Http, string Tls, long Connection);
