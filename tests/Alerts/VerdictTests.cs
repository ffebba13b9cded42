using System.Text;
using Qschedd.Alerts;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Alerts;

public class VerdictTests
{
    [Theory]
    [InlineData(200, VerdictResult.Delivered)]
    [InlineData(204, VerdictResult.Delivered)]
    [InlineData(301, VerdictResult.Refused)]
    [InlineData(302, VerdictResult.Refused)]
    [InlineData(400, VerdictResult.Refused)]
    [InlineData(401, VerdictResult.Refused)]
    [InlineData(404, VerdictResult.Refused)]
    [InlineData(410, VerdictResult.Refused)]
    [InlineData(408, VerdictResult.Again)]
    [InlineData(425, VerdictResult.Again)]
    [InlineData(429, VerdictResult.Again)]
    [InlineData(500, VerdictResult.Again)]
    [InlineData(502, VerdictResult.Again)]
    [InlineData(503, VerdictResult.Again)]
    internal void Status_Decides_OfAReceiverThatMeansIt(int status, VerdictResult result) =>
        Assert.Equal(result, Verdict.Of(AlertFormat.Json, status, default).Result);

    [Theory]
    [InlineData(AlertFormat.DingTalk, """{"errcode":0,"errmsg":"ok"}""", VerdictResult.Delivered)]
    [InlineData(AlertFormat.DingTalk, """{"errcode":130101,"errmsg":"send too fast"}""", VerdictResult.Again)]
    [InlineData(AlertFormat.DingTalk, """{"errcode":-1,"errmsg":"busy"}""", VerdictResult.Again)]
    [InlineData(AlertFormat.DingTalk, """{"errcode":310000,"errmsg":"keywords not in content"}""", VerdictResult.Refused)]
    [InlineData(AlertFormat.WeCom, """{"errcode":0,"errmsg":"ok"}""", VerdictResult.Delivered)]
    [InlineData(AlertFormat.WeCom, """{"errcode":45009,"errmsg":"api freq out of limit"}""", VerdictResult.Again)]
    [InlineData(AlertFormat.WeCom, """{"errcode":93000,"errmsg":"invalid webhook url"}""", VerdictResult.Refused)]
    [InlineData(AlertFormat.Feishu, """{"code":0,"data":{},"msg":"success"}""", VerdictResult.Delivered)]
    [InlineData(AlertFormat.Feishu, """{"StatusCode":0,"StatusMessage":"success"}""", VerdictResult.Delivered)]
    [InlineData(AlertFormat.Feishu, """{"code":11232,"msg":"frequency limited"}""", VerdictResult.Again)]
    [InlineData(AlertFormat.Feishu, """{"code":19024,"msg":"Key Words Not Found"}""", VerdictResult.Refused)]
    [InlineData(AlertFormat.Feishu, """{"errcode":1,"errmsg":"not this service's member"}""", VerdictResult.Delivered)]
    [InlineData(AlertFormat.Json, """{"errcode":1,"code":1}""", VerdictResult.Delivered)]
    [InlineData(AlertFormat.Slack, "ok", VerdictResult.Delivered)]
    [InlineData(AlertFormat.DingTalk, "<html>", VerdictResult.Delivered)]
    [InlineData(AlertFormat.DingTalk, "", VerdictResult.Delivered)]
    [InlineData(AlertFormat.DingTalk, "[1]", VerdictResult.Delivered)]
    [InlineData(AlertFormat.DingTalk, """{"\ud800":1,"errcode":310000,"errmsg":"cut \ud83d"}""", VerdictResult.Refused)]
    [InlineData(AlertFormat.DingTalk, """{"errcode":"x"}""", VerdictResult.Delivered)]
    internal void Code_Decides_OfAServiceThatAnswers200WhateverItThinks(AlertFormat format, string body, VerdictResult result) =>
        Assert.Equal(result, Verdict.Of(format, 200, Encoding.UTF8.GetBytes(body)).Result);

    [Fact]
    public void Reason_HasTheServicesWords_OnOneLine()
    {
        var body = Encoding.UTF8.GetBytes($$"""{"errcode":310000,"errmsg":"关键词\n不匹配{{new string('x', 1000)}}"}""");
        string reason = Verdict.Of(AlertFormat.DingTalk, 200, body).Reason;
        Assert.StartsWith("it answered code 310000: 关键词 不匹配x", reason, StringComparison.Ordinal);
        Assert.InRange(reason.Length, 100, 300);
    }
}
