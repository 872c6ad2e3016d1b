using System.Text.Json;

namespace Unarr.Agents.Protocol;

/// <summary>
/// Reads a member's value: "a <c>null</c> leaves the member as it was", "a wrong type makes the payload one that does not parse".
/// </summary>
internal static class WireMember
{
    /// <summary>Goes on to the value of the member whose name is at hand.</summary>
    /// <returns><see langword="false"/> when it is null.</returns>
    public static bool Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType != JsonTokenType.Null;
    }

    /// <summary>Passes over the value of a member that nobody knows.</summary>
    public static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    public static bool? Boolean(ref Utf8JsonReader reader, string name, bool? before)
    {
        if (!Next(ref reader))
        {
            return before;
        }

        ThrowUnless(reader.TokenType is JsonTokenType.True or JsonTokenType.False, name, "true or false");
        return reader.TokenType == JsonTokenType.True;
    }

    /// <summary>Reads a string of any length.</summary>
    public static string? Text(ref Utf8JsonReader reader, string name, string? before)
    {
        if (!Next(ref reader))
        {
            return before;
        }

        ThrowUnless(reader.TokenType == JsonTokenType.String, name, "a string");
        return WireText.Read(reader);
    }

    /// <summary>Reads a list of any length.</summary>
    /// <returns>The list; <see langword="null"/> when there is a null in its place.</returns>
    public static List<T>? List<T>(ref Utf8JsonReader reader, string name, WireItemReader<T> readItem)
    {
        if (!Next(ref reader))
        {
            return null;
        }

        ThrowUnless(reader.TokenType == JsonTokenType.StartArray, name, "a list");
        List<T> items = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(readItem(ref reader));
        }

        return items;
    }

    public static void ThrowUnlessObject(JsonTokenType token)
    {
        if (token != JsonTokenType.StartObject)
        {
            throw new PayloadException("It must be an object.");
        }
    }

    public static void ThrowUnless(bool isOfItsType, string name, string type)
    {
        if (!isOfItsType)
        {
            throw new PayloadException($"\"{name}\" must be {type}.");
        }
    }
}
